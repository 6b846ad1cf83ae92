'use client';

import { useEffect, useState } from 'react';
import { api } from '../lib/api.js';

/** The latest notes, and a line to write one. */
export function Notes() {
  const [notes, setNotes] = useState();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');

  async function during(action) {
    try {
      await action();
      setNotes((await api.notes()).notes);
      setProblem('');
    } catch (failure) {
      setProblem(failure.message);
    }
  }

  useEffect(() => {
    during(async () => {});
  }, []);

  function write(event) {
    event.preventDefault();
    during(async () => {
      await api.write(text);
      setText('');
    });
  }

  return (
    <>
      <form onSubmit={write}>
        <input aria-label="Note" required maxLength={500} value={text} onChange={(event) => setText(event.target.value)} />
        <button>Write</button>
      </form>
      {problem && <p className="problem">{problem}</p>}
      {notes ? (
        <ul>
          {notes.map((note) => (
            <li key={note.id} className={note.pinned ? 'pinned' : undefined}>
              {note.text}
            </li>
          ))}
        </ul>
      ) : (
        <p>…</p>
      )}
    </>
  );
}
