export const json = (event) => event.data;
export const bytes = (event) => event.extensions.request.body;
export const hang = () => new Promise(() => {});
export const spin = () => {
  for (;;);
};
