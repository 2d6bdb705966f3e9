// WebAssembly.instantiate() and WebAssembly.Instance, with what the runtime does to a new instance.
//
// A module may export the addresses of two words of its memory: `__instance_signal`, for the notice that its time is
// nearly over, and `__instance_terminated`, for the fact that it is. Both count only if they lie within the memory; a
// word of notice is cleared when the instance is made. No limit of CPU time gives notice here, so that is all.

(function () {
  const { Global, Instance: NativeInstance, Memory, Module, instantiate: nativeInstantiate } = WebAssembly;
  const { apply, construct } = Reflect;
  const { imports: importsOf, exports: exportsOf } = Module;
  const NativeDataView = DataView;
  const { getUint32, setUint32 } = DataView.prototype;
  const { then } = Promise.prototype;

  function first(list) {
    for (let i = 0; i < list.length; i++) if (list[i].kind === 'memory') return list[i];
    return undefined;
  }

  // Its first memory, given or its own.
  function memoryOf(instance, module, imports) {
    const imported = first(importsOf(module));
    if (imported) return imports[imported.module][imported.name];
    const exported = first(exportsOf(module));
    return exported && instance.exports[exported.name];
  }

  function address(word) {
    return word instanceof Global && word.value >= 0 ? word.value : undefined;
  }

  function prepare(instance, module, imports) {
    const { exports } = instance;
    const signal = address(exports.__instance_signal);
    const terminated = address(exports.__instance_terminated);
    if (signal === undefined && terminated === undefined) return;
    // Whatever is wrong with the words, the instance itself is made.
    try {
      const memory = memoryOf(instance, module, imports);
      if (!(memory instanceof Memory)) return;
      const view = new NativeDataView(memory.buffer);
      if (terminated !== undefined) apply(getUint32, view, [terminated]);
      if (signal !== undefined) apply(setUint32, view, [signal, 0]);
    } catch {}
  }

  WebAssembly.instantiate = function instantiate(source) {
    const imports = arguments[1];
    return apply(then, apply(nativeInstantiate, this, arguments), [
      function (made) {
        if (made instanceof NativeInstance) prepare(made, source, imports);
        else prepare(made.instance, made.module, imports);
        return made;
      },
    ]);
  };

  function Instance(module) {
    if (!new.target) throw new TypeError("WebAssembly.Instance must be invoked with 'new'");
    const instance = construct(NativeInstance, arguments, new.target);
    prepare(instance, module, arguments[1]);
    return instance;
  }
  Object.defineProperty(Instance, 'prototype', { value: NativeInstance.prototype, writable: false });
  const hidden = { writable: true, enumerable: false, configurable: true };
  Object.defineProperty(Instance.prototype, 'constructor', { ...hidden, value: Instance });
  Object.defineProperty(WebAssembly, 'Instance', { ...hidden, value: Instance });
})();
