exports.foo = () => "hello world";
