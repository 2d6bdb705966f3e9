// node:trace_events: categories can be named, and nothing is traced.

import { coded } from 'node-internal:internal_errors';
import { validateObject, validateStringArray } from 'node-internal:validators';

class Tracing {
  #enabled = false;
  #categories: string[];

  constructor(categories: string[]) {
    this.#categories = categories;
  }

  enable(): void {
    this.#enabled = true;
  }

  disable(): void {
    this.#enabled = false;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  get categories(): string {
    return this.#categories.join(',');
  }
}
for (const name of ['enabled', 'categories']) Object.defineProperty(Tracing.prototype, name, { enumerable: true });

export function createTracing(options: any): Tracing {
  validateObject(options, 'options');
  validateStringArray((options as any).categories, 'options.categories');
  if (options.categories.length === 0) {
    throw coded(TypeError, 'ERR_TRACE_EVENTS_CATEGORY_REQUIRED', 'At least one category is required');
  }
  return new Tracing(options.categories);
}

export function getEnabledCategories(): undefined {
  return undefined;
}

export default { createTracing, getEnabledCategories };
