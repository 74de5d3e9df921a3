// Who is calling: bearer tokens of this machine, one file each, named by the identity.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "base/sha256.h"

namespace sideband {

// Tokens are files FOLDER/NAME with mode 0600. They tell identities apart, but all of them belong
// to whoever can read the folder: the user of this machine. Thread-safe.
class Identities {
 public:
  Identities(std::string folder, const Clock& clock);

  // The identity of an Authorization header ("Bearer TOKEN"). Reads the folder again for an unknown
  // token, at most once a second.
  std::optional<std::string> identify(const std::string& authorization);

  // Makes a token; kConflict when the identity has one already.
  static Result<std::string> create(const std::string& folder, const std::string& name,
                                    Random& random);

 private:
  void load() SB_REQUIRES(mutex_);

  std::string folder_;
  const Clock& clock_;
  Mutex mutex_;
  // By digest: comparing digests tells nothing of a token by its timing.
  std::map<Digest, std::string> names_ SB_GUARDED_BY(mutex_);
  std::optional<MonoTime> loaded_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
