interface Event {
  readonly data: { readonly name: string };
}

export function greet({ data }: Event): string {
  return `hello ${data.name}`;
}
