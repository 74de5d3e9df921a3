#include "drivers/files/settings.h"

#include <charconv>

#include "drivers/options.h"

namespace sideband {
namespace {

Result<mode_t> parse_mode(const OptionReader& options) {
  const std::string text = options.text_or("mode", "0644");
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 0777) {
    return options.wrong("mode", "must be an octal mode up to 0777, like 0644");
  }
  return static_cast<mode_t>(mode);
}

}  // namespace

Result<FilesSettings> parse_files_settings(const TargetSettings& target,
                                           const CollectionSettings& collection,
                                           config::OptionFaults* faults) {
  const OptionReader connect(target.connect, "target " + target.name);
  const OptionReader options(collection.options, "collection on " + target.name, faults);
  FilesSettings out;
  SB_ASSIGN(out.root, connect.text("root"));
  auto globs = GlobSet::parse(options.lines("files"));
  if (!globs) return options.wrong("files", globs.error().message);
  out.globs = std::move(*globs);
  SB_ASSIGN(out.swap.max_size, options.size_or("maxSize", out.swap.max_size));
  SB_ASSIGN(out.swap.new_mode, parse_mode(options));
  if (options.has("settle")) {
    SB_ASSIGN(out.settle, options.duration_or("settle", Settling::kDefault));
  }
  SB_ASSIGN(out.attributes, parse_declared_attributes(options));
  return out;
}

}  // namespace sideband
