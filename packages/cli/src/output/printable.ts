/** What somebody else wrote, with nothing in it that a terminal acts on: control characters but line ends and tabs are spelled. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(2, "0");
    return `\\x${code}`;
  });
}
