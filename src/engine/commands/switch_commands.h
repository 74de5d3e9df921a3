// The switches of a reconciler and of everything: pause, resume, to believe a source, and to close
// a circuit breaker.
#pragma once

#include <string>

#include "engine/runtime/context.h"
#include "model/pause_scope.h"
#include "model/principal.h"
#include "model/source_state.h"

namespace sideband {

// Thread-safe. Calls block until the effect is durable.
class SwitchCommands {
 public:
  explicit SwitchCommands(EngineContext& context) : context_(context) {}

  // No new step of what is in the scope starts after the call returned. Each scope has a switch of
  // its own: what two of them stop goes on once both are resumed.
  Result<void> pause(const PauseScope& scope, const Principal& by, const std::string& reason);
  Result<void> resume(const PauseScope& scope, const Principal& by, const std::string& reason);

  // Says that the present size of a suspect source is right, however much it shrank; it holds once
  // a second identity says the same within half an hour and no scan found another size meanwhile.
  // Gives the acceptance that waits for the second, or an empty one when this was the second.
  // kConflict: the source is not suspect; kInvalid: no reason.
  Result<SourceAcceptance> accept_source(const std::string& reconciler, const Principal& by,
                                         const std::string& reason);

  // Closes an open or half-open circuit breaker, which then counts from nothing. kConflict: it is
  // closed; kInvalid: no reason; kNotFound: nothing is known of such a reconciler.
  Result<void> close_breaker(const std::string& reconciler, const Principal& by,
                             const std::string& reason);

 private:
  EngineContext& context_;
};

}  // namespace sideband
