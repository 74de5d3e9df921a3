// Mode, owner and group of files where a side declares them: how they are read, compared and given.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "drivers/files/attributes.h"
#include "drivers/options.h"

namespace sideband {

// What the configuration says under `attributes`, checked and not looked up yet. Empty = not said.
struct DeclaredAttributes {
  std::string mode = {};  // octal
  std::string owner = {};
  std::string group = {};
};

Result<DeclaredAttributes> parse_declared_attributes(const OptionReader& options);

// An immutable value; thread-safe. Its texts are State::attributes: the fields `mode` (four octal
// digits), `owner` and `group` (names, or numbers where the machine knows no name), and only those
// that are declared.
class ObservedAttributes {
 public:
  // Declares nothing, and observes nothing.
  ObservedAttributes() = default;
  // Looks up owner and group, which may block. For a person where this machine does not know one.
  static Result<ObservedAttributes> resolve(const DeclaredAttributes& declared);

  // What a file with these has of them; empty where nothing is declared.
  [[nodiscard]] std::string of(mode_t mode, uid_t uid, gid_t gid) const;
  // What every file is wanted to have.
  [[nodiscard]] const std::string& wanted() const { return wanted_; }
  // Whom every file is wanted to belong to; nothing where that is not declared.
  [[nodiscard]] std::optional<uid_t> owner() const { return uid_; }
  [[nodiscard]] std::optional<gid_t> group() const { return gid_; }

 private:
  std::optional<mode_t> mode_;
  std::optional<uid_t> uid_;
  std::optional<gid_t> gid_;
  DeclaredAttributes declared_;
  std::string wanted_;
};

// `attributes` with what `text`, a State::attributes, says of them. For a person where a name is
// not known here.
Result<FileAttributes> with_observed(FileAttributes attributes, const std::string& text);

}  // namespace sideband
