/** Whether it is an amount as Kubernetes writes them: `0.5`, `100m`, `1e3`, `128Mi`. */
export function isQuantity(text: string): boolean {
  return /^(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(text);
}
