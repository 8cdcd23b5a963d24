/** Never comes back: the timeout ends it. */
exports.foo = () => {
  for (;;);
};
