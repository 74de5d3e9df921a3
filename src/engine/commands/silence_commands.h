// Silences: made and ended by people.
#pragma once

#include <string>

#include "engine/runtime/context.h"
#include "model/principal.h"
#include "model/silence.h"

namespace sideband {

// kInvalid: no reason, no time, or longer than kLongestSilence.
Result<void> check_silence(Duration length, const std::string& reason);

// Thread-safe. Calls block until the effect is durable.
class SilenceCommands {
 public:
  explicit SilenceCommands(EngineContext& context) : context_(context) {}

  // From when it returns until its end the loop begins nothing of what it matches. Drops those that
  // ended more than a day ago. Errors are those of check_silence.
  Result<Silence> add(SilenceMatch match, Duration length, const Principal& by,
                      const std::string& reason);
  // Ends it now. kNotFound: there is none, or it has ended.
  Result<Silence> expire(const Uuid& id, const Principal& by);

 private:
  EngineContext& context_;
};

}  // namespace sideband
