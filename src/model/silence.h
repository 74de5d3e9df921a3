// A silence: for a while the loop starts nothing by itself of what it matches, and Channels are not
// told of that.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/uuid.h"
#include "model/settings.h"

namespace sideband {

inline constexpr Duration kLongestSilence = std::chrono::hours(24 * 30);

// Which reconcilers it is about: every part that is set has to match.
struct SilenceMatch {
  std::string reconciler = {};  // a name in which * is any text; empty: any
  std::string owner = {};       // empty: any
  std::string target = {};      // that it reads, writes or is woken by; empty: any
  std::map<std::string, std::string> labels = {};  // as metadata.labels has them

  [[nodiscard]] bool matches(const ReconcilerSettings& settings) const;
  // Whether it says nothing that any reconciler could fail.
  [[nodiscard]] bool is_everything() const;
  // "reconciler price-*, owner team-shop, label tier=gold"; "everything".
  [[nodiscard]] std::string text() const;
  bool operator==(const SilenceMatch&) const = default;
};

struct Silence {
  Uuid id = {};
  SilenceMatch match = {};
  std::string by = {};
  std::string reason = {};
  WallTime since = {};
  WallTime until = {};

  // A clock that went back makes it longer and never shorter; a person may end it.
  [[nodiscard]] bool holds_at(WallTime now) const { return now < until; }
  bool operator==(const Silence&) const = default;
};

// For the store. decode: kCorrupt on anything that encode does not write.
std::string encode_silence(const Silence& silence);
Result<Silence> decode_silence(std::string_view bytes);

}  // namespace sideband
