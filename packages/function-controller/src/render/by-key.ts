/** The list without duplicates: of items with the same key the last one wins, in the place of the first. */
export function byKey<Item>(items: readonly Item[], key: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
