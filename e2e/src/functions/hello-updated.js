exports.foo = () => "hello world updated";
