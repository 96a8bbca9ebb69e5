import { InterceptingCall, status } from '@grpc/grpc-js';
import {
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  type ConnectionOptions,
} from '@temporalio/client';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

/**
 * Rejects a call that is tried again after its connection was closed. The retry begins in a timer, so what gRPC throws there, "Channel has been
 * shut down", would end the process.
 */
const endWithConnection: Interceptor = (options, nextCall) => {
  try {
    return new InterceptingCall(nextCall(options));
  } catch (error) {
    return endedCall(error instanceof Error ? error.message : String(error));
  }
};

/** A call that is never sent. */
function endedCall(details: string): InterceptingCall {
  const nothing = (): void => undefined;
  return new InterceptingCall({
    start: (metadata, listener) => listener?.onReceiveStatus?.({ code: status.CANCELLED, details, metadata }),
    ...{
      sendMessage: nothing,
      sendMessageWithContext: nothing,
      halfClose: nothing,
      cancelWithStatus: nothing,
      startRead: nothing,
    },
    getPeer: () => 'nobody',
    getAuthContext: () => null,
  });
}

/** Temporal's own retries, which end with the connection. */
export const RETRIES: Interceptor[] = [
  makeGrpcRetryInterceptor(defaultGrpcRetryOptions()),
  endWithConnection,
];
