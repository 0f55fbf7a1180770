/** Handlers whose modules are loaded with the first request: a server that nobody asks for them does not pay for them. */
import type { RegistryHandler } from './services.ts';

/** @param load the module that has it under that name */
export function lazily<Name extends string>(
  load: () => Promise<Readonly<Record<Name, RegistryHandler>>>,
  name: Name,
): RegistryHandler {
  let loaded: RegistryHandler | undefined;
  return async (request, services) => {
    loaded ??= (await load())[name];
    return loaded(request, services);
  };
}
