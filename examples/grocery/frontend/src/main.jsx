import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { client } from './api.js';
import { server } from './config.js';
import { label, parse, summary } from './items.js';
import './style.css';

const api = client(server());

function Page() {
  const [items, setItems] = useState();
  const [people, setPeople] = useState([]);
  const [problem, setProblem] = useState('');

  async function load(fresh) {
    const [newItems, newPeople] = await Promise.all([api.items(fresh), api.people(fresh)]);
    setItems(newItems);
    setPeople(newPeople);
  }

  /** Whatever somebody does ends with the list as it is then, or with what went wrong. */
  async function during(action) {
    try {
      await action();
      await load(true);
      setProblem('');
    } catch (failure) {
      setProblem(failure.message);
    }
  }

  useEffect(() => {
    load(false).catch((failure) => setProblem(failure.message));
  }, []);

  return (
    <main>
      <h1>Groceries</h1>
      {problem && <p className="problem" role="alert">{problem}</p>}
      <NewItem people={people} add={(item, person) => during(() => api.addItem(item.name, item.quantity, person))} />
      {items ? <p>{summary(items)}</p> : <p>…</p>}
      <ul>
        {items?.map((item) => (
          <li key={item.id}>
            <input
              type="checkbox"
              aria-label={`Bought: ${item.name}`}
              checked={item.bought}
              onChange={() => during(() => api.changeItem(item.id, { bought: !item.bought }))}
            />
            <span className={item.bought ? 'bought' : undefined}>{label(item, people)}</span>
            <button className="plain" aria-label={`Remove ${item.name}`} onClick={() => during(() => api.removeItem(item.id))}>
              ×
            </button>
          </li>
        ))}
      </ul>
      <h2>Who shops</h2>
      <People people={people} during={during} />
    </main>
  );
}

function NewItem({ people, add }) {
  const [text, setText] = useState('');
  const [person, setPerson] = useState('');

  function submit(event) {
    event.preventDefault();
    const item = parse(text);
    if (!item) return;
    add(item, Number(person) || undefined);
    setText('');
  }

  return (
    <form onSubmit={submit}>
      <input aria-label="What to buy" placeholder="2 milk" required maxLength={200} value={text} onChange={(event) => setText(event.target.value)} />
      {people.length > 0 && (
        <select aria-label="For whom" value={person} onChange={(event) => setPerson(event.target.value)}>
          <option value="">for all</option>
          {people.map(({ id, name }) => (
            <option key={id} value={id}>
              for {name}
            </option>
          ))}
        </select>
      )}
      <button>Add</button>
    </form>
  );
}

function People({ people, during }) {
  const [name, setName] = useState('');
  // What an avatar's address is followed by, so that a new one is fetched.
  const [turn, setTurn] = useState(0);

  function submit(event) {
    event.preventDefault();
    during(() => api.addPerson(name));
    setName('');
  }

  function choose(person, file) {
    if (!file) return;
    during(async () => {
      await api.changeAvatar(person.id, file);
      setTurn(turn + 1);
    });
  }

  return (
    <>
      <ul>
        {people.map((person) => (
          <li key={person.id}>
            {person.avatar ? <img className="avatar" alt="" src={`${api.avatar(person.id)}?${turn}`} /> : <span className="avatar" />}
            <span>{person.name}</span>
            <label className="upload">
              Picture
              <input type="file" accept="image/jpeg,image/png,image/webp" onChange={(event) => choose(person, event.target.files[0])} />
            </label>
          </li>
        ))}
      </ul>
      <form onSubmit={submit}>
        <input aria-label="Name" placeholder="Name" required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <button>Add</button>
      </form>
    </>
  );
}

createRoot(document.getElementById('page')).render(<Page />);
