/** Greets whoever is named in the event, or the world. */
exports.greet = (event) => {
  const name = event.data?.name ?? "world";
  return `Hello, ${name}!`;
};
