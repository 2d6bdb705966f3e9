# Code from strings where a Worker asks for it at any time, start-up included, at whatever date.
# dates: 2022-10-01 newest

using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(
    name = "eval-always",
    worker = (
      modules = [(name = "eval-always.js", esModule =
        `const atStart = eval('1 + 1');
        `export default {
        `  test() {
        `    if (atStart !== 2 || eval('1 + 2') !== 3 || new Function('return 4')() !== 4) throw new Error('not evaluated');
        `  },
        `};
      )],
      compatibilityFlags = ["allow_insecure_inefficient_logged_eval"],
    ),
  )],
);
