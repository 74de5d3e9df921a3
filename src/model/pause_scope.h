// What a pause stops: everything, one reconciler or playbook, all that an owner has, or all that
// touches a target.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/playbook.h"
#include "model/settings.h"

namespace sideband {

struct PauseScope {
  enum class Kind : std::uint8_t { kEverything, kName, kOwner, kTarget };
  Kind kind = Kind::kEverything;
  std::string name;  // empty: everything

  // As the store and the audit log have it: "", "fleet", "owner/team-edge", "target/shop-db".
  [[nodiscard]] std::string key() const;
  static PauseScope of_key(std::string_view key);
  // For people: "everything", "fleet", "owner team-edge", "target shop-db".
  [[nodiscard]] std::string text() const;
  // The words that name it on the command line: "", "fleet", "--owner team-edge".
  [[nodiscard]] std::string words() const;
};

// The keys of every pause that would stop it; that of everything first.
std::vector<std::string> pause_keys(const ReconcilerSettings& reconciler);
std::vector<std::string> pause_keys(const PlaybookSettings& playbook);

}  // namespace sideband
