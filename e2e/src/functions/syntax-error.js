exports.foo = () => {
