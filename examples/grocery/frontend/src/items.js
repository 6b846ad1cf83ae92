/** What a line of the list says: "2 × milk", "bread for Ada". */
export function label(item, people) {
  const person = people.find(({ id }) => id === item.personId);
  return `${item.quantity > 1 ? `${item.quantity} × ` : ''}${item.name}${person ? ` for ${person.name}` : ''}`;
}

/** What somebody types: "2 milk" and "2x milk" are two of it, "milk" is one, "7up" is a name. */
export function parse(text) {
  const [, quantity, name] = /^\s*(?:([1-9][0-9]{0,2})(?:\s*[x×]\s*|\s+))?(.*?)\s*$/su.exec(text);
  return name ? { name: name.slice(0, 200), quantity: Number(quantity ?? 1) } : undefined;
}

/** How many are still to be bought, in words. */
export function summary(items) {
  const open = items.filter((item) => !item.bought).length;
  if (items.length === 0) return 'Nothing on the list';
  return open === 0 ? 'All bought' : `${open} to buy`;
}
