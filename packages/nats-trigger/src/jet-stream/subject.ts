/** Tells whether a subject is one of those that a filter names: `*` stands for one word, `>` for the rest, one word at least. */
export function subjectMatcher(filter: string): (subject: string) => boolean {
  const wanted = filter.split(".");
  const rest = wanted.at(-1) === ">" ? wanted.length - 1 : undefined;
  const named = wanted.slice(0, rest);
  return (subject) => {
    const words = subject.split(".");
    if (rest === undefined ? words.length !== wanted.length : words.length <= rest) return false;
    return named.every((word, at) => word === "*" || word === words[at]);
  };
}
