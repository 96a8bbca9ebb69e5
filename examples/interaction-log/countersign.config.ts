import { trace } from '@opentelemetry/api';
import { BasicTracerProvider, ConsoleSpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { defineApp, defineAssistant, MODEL, openTelemetrySink } from 'countersign';

// The application brings the SDK: here one that prints every span.
trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())] }),
);

export default defineApp({
  assistants: [defineAssistant({ name: 'clerk', model: MODEL, instructions: 'Be brief.' })],
  interactionLog: {
    sink: openTelemetrySink(),
    content: 'full',
    // Customer numbers, which no built-in pattern knows.
    patterns: [/KD-\d{6}/],
  },
});
