import type { TraceContext } from '@latchkey/codec';
import type * as Api from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';

/** A part of a trace: what took how long. Nothing in it may be secret. */
export interface TraceSpan {
  /** Names the span to what happens elsewhere on its behalf. */
  readonly context: TraceContext;
  /**
   * @param error the stable code of what went wrong, where something did
   * @param endTime when it ended, on the clock of `performance.now()`; default: now
   */
  end(error?: string, endTime?: number): void;
  setAttribute(name: string, value: string | number | boolean): void;
}

/** `server`: on behalf of somebody else; `client`: asks somebody else; `internal`: neither. */
export type SpanKind = 'server' | 'client' | 'internal';

export interface SpanOptions {
  readonly kind: SpanKind;
  /** Default: a trace of its own. */
  readonly parent?: TraceContext | undefined;
  /** On the clock of `performance.now()`; default: now. */
  readonly startTime?: number;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Begins a span with OpenTelemetry, where the program has it (`@opentelemetry/api` is an optional peer dependency) and has
 * registered a provider. That may come and go while the program runs.
 *
 * @returns undefined where nobody would see the span
 */
export function startSpan(name: string, options: SpanOptions): TraceSpan | undefined {
  return tracing?.startSpan(name, options);
}

/** Whether anybody would see spans. */
export function isTracing(): boolean {
  return tracing?.isProvided === true;
}

/** {@link startSpan} with the package at hand. */
class Tracing {
  readonly #api: typeof Api;

  constructor(api: typeof Api) {
    this.#api = api;
  }

  startSpan(name: string, { kind, parent, startTime, attributes }: SpanOptions): TraceSpan | undefined {
    const { SpanKind: Kind, isSpanContextValid, trace } = this.#api;
    if (!this.isProvided) return undefined;
    const kinds = { server: Kind.SERVER, client: Kind.CLIENT, internal: Kind.INTERNAL };
    const span = trace.getTracer(LIBRARY).startSpan(
      name,
      {
        kind: kinds[kind],
        ...(startTime !== undefined && { startTime }),
        ...(attributes !== undefined && { attributes }),
      },
      this.#contextOf(parent),
    );
    return isSpanContextValid(span.spanContext()) ? this.#wrap(span) : undefined;
  }

  get isProvided(): boolean {
    const provider = this.#api.trace.getTracerProvider();
    // What stands in its place until there is one.
    if (!(provider instanceof this.#api.ProxyTracerProvider)) return true;
    return provider.getDelegateTracer(LIBRARY) !== undefined;
  }

  #contextOf(parent: TraceContext | undefined): Context {
    const { createTraceState, ROOT_CONTEXT, trace } = this.#api;
    if (parent === undefined) return ROOT_CONTEXT;
    const { traceparent, tracestate } = parent;
    const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
    return trace.setSpanContext(ROOT_CONTEXT, {
      traceId,
      spanId,
      traceFlags: Number.parseInt(flags, 16),
      isRemote: true,
      ...(tracestate !== undefined && { traceState: createTraceState(tracestate) }),
    });
  }

  #wrap(span: Span): TraceSpan {
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    const tracestate = traceState?.serialize();
    return {
      context: {
        traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
        ...(tracestate && { tracestate }),
      },
      setAttribute: (name, value) => void span.setAttribute(name, value),
      end: (error, endTime) => {
        if (error !== undefined) span.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: error });
        span.end(endTime);
      },
    };
  }
}

/** The name by which traces say whose spans these are. */
const LIBRARY = 'latchkey';

// Missing where the program has no use for it.
const api = await import('@opentelemetry/api').catch(() => undefined);
const tracing = api === undefined ? undefined : new Tracing(api);
