// Who is calling: bearer tokens of this machine, one file each, named by the identity.
#pragma once

#include <sys/stat.h>

#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/result.h"
#include "base/sha256.h"
#include "model/principal.h"

namespace sideband {

// Whether a text can be the name of an identity: a-z, 0-9 and -, at most 63 characters, and not the
// loop's own.
bool is_identity_name(const std::string& name);

// Tokens are files FOLDER/NAME: "sb_" and 64 hexadecimal digits, a regular file with mode 0600.
// Anything else there is no token, and is named in the log. They tell identities apart, but all of
// them belong to whoever can read the folder: the user of this machine. Thread-safe.
class Identities {
 public:
  Identities(std::string folder, const Clock& clock);

  // Who sends this Authorization header ("Bearer TOKEN"); nothing when it is no token of ours. A
  // deleted or changed token is unknown at once: each call compares what stat says of the folder
  // and of the token's file. An unknown token makes it read the folder again, at most once a
  // second. kUnavailable: the folder cannot be read, so that nobody can be told apart; or others
  // may write there. Never somebody without a name.
  Result<std::optional<Principal>> identify(const std::string& authorization);

  // Makes a token; kConflict when the identity has one already, kPermission when the folder is
  // another user's.
  static Result<std::string> create(const std::string& folder, const std::string& name,
                                    Random& random);

 private:
  // What stat says of a file: two equal ones mean that nobody touched it in between.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t changed_ns = -1;
    bool operator==(const Stamp&) const = default;
  };
  struct Known {
    std::string name;
    Stamp stamp;
  };
  // By digest: comparing digests tells nothing of a token by its timing.
  using Table = std::map<Digest, Known>;

  // Of the folder a link is followed, of a token's file it is not. Nothing there: an empty one.
  enum class Of : std::uint8_t { kFolder, kFile };
  static Result<Stamp> stamp_of(Of what, const std::string& path);
  Result<std::optional<Principal>> look_up(const Digest& token) SB_REQUIRES(mutex_);
  Result<void> load(const Stamp& folder) SB_REQUIRES(mutex_);
  Result<Table> read_table() SB_REQUIRES(mutex_);
  // Says it in the log, once.
  void complain(const std::string& file, const std::string& why) SB_REQUIRES(mutex_);

  std::string folder_;
  const Clock& clock_;
  Mutex mutex_;
  Table table_ SB_GUARDED_BY(mutex_);
  Stamp read_at_ SB_GUARDED_BY(mutex_);  // the folder's, when the table was read
  std::optional<MonoTime> loaded_ SB_GUARDED_BY(mutex_);
  std::map<std::string, std::string> complaints_ SB_GUARDED_BY(mutex_);
};

}  // namespace sideband
