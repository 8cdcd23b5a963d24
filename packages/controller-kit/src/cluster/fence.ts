import type { Dispatcher } from "undici";

/**
 * The dispatcher with `check` called when a connection is there and the request's first byte is about to be written:
 * what it throws fails the request, of which nothing was sent.
 */
export function fenceDispatcher(dispatcher: Dispatcher, check: () => void): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (options, handler) => dispatch(options, fenceHandler(handler, check)),
  );
}

function fenceHandler(handler: Dispatcher.DispatchHandler, check: () => void): Dispatcher.DispatchHandler {
  return {
    onRequestStart(controller, context) {
      handler.onRequestStart?.(controller, context);
      try {
        check();
      } catch (error) {
        controller.abort(error as Error);
      }
    },
    onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
    onResponseStart: (...given) => handler.onResponseStart?.(...given),
    onResponseData: (...given) => handler.onResponseData?.(...given),
    onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
    onResponseError: (...given) => handler.onResponseError?.(...given),
  };
}
