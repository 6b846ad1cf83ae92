import './style.css';

export const metadata = { title: 'Admin panel', icons: { icon: '/icons/notes.svg' } };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
