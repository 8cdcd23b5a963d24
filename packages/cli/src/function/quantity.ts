import { toAmount } from "@kubeless/controller-kit";

/** Whether it is an amount as Kubernetes writes them: `0.5`, `100m`, `1e3`, `128Mi`. None of ours is below zero. */
export function isQuantity(text: string): boolean {
  return (toAmount(text) ?? -1) >= 0;
}
