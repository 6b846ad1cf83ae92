import { Notes } from './notes.jsx';

export default function Page() {
  return (
    <main>
      <h1>Admin panel</h1>
      <Notes />
      <footer>web {process.env.NEXT_PUBLIC_VERSION}</footer>
    </main>
  );
}
