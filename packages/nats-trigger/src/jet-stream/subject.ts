/** Whether a subject is one of those a filter names: `*` stands for one word, `>` for the rest, one word at least. */
export function matchesSubject(subject: string, filter: string): boolean {
  const [words, wanted] = [subject.split("."), filter.split(".")];
  const rest = wanted.at(-1) === ">" ? wanted.length - 1 : undefined;
  if (rest === undefined ? words.length !== wanted.length : words.length <= rest) return false;
  return wanted.slice(0, rest).every((word, at) => word === "*" || word === words[at]);
}
