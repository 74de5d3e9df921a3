#include "drivers/files/driver.h"

#include <charconv>

#include "drivers/files/collection.h"
#include "drivers/files/feed.h"
#include "drivers/files/grants.h"
#include "drivers/files/temp.h"
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

struct FilesSettings {
  std::string root;
  GlobSet globs;
  SwapOptions swap;
};

Result<FilesSettings> parse_options(const TargetSettings& target,
                                    const CollectionSettings& collection) {
  const OptionReader connect(target.connect, "target " + target.name);
  const OptionReader options(collection.options, "collection on " + target.name);
  FilesSettings out;
  SB_ASSIGN(out.root, connect.text("root"));
  auto globs = GlobSet::parse(options.lines("files"));
  if (!globs) return options.wrong("files", globs.error().message);
  out.globs = std::move(*globs);
  SB_ASSIGN(out.swap.max_size, options.size_or("maxSize", out.swap.max_size));
  SB_ASSIGN(out.swap.new_mode, parse_mode(options));
  return out;
}

}  // namespace

Result<std::unique_ptr<Collection>> FilesDriver::open(const TargetSettings& target,
                                                      const CollectionSettings& collection,
                                                      Role role) {
  SB_ASSIGN(FilesSettings parsed, parse_options(target, collection));
  SB_ASSIGN(Root noted, Root::note(parsed.root));
  FilesOptions options{std::move(noted), std::move(parsed.globs), role == Role::kActual,
                       std::move(parsed.swap)};
  if (options.writable) {
    SB_ASSIGN(const Fd root, options.root.open());
    options.swap.exchange = supports_exchange(root.get(), context_.random, context_.clock.wall());
  }
  return std::unique_ptr<Collection>(
      std::make_unique<FilesCollection>(std::move(options), context_));
}

Result<GrantReport> FilesDriver::grants(const TargetSettings& target,
                                        const CollectionSettings& collection, Role,
                                        const GrantNeeds& needs) {
  SB_ASSIGN(const FilesSettings options, parse_options(target, collection));
  return files_grants(options.root, options.globs, needs);
}

Result<std::unique_ptr<Feed>> FilesDriver::watch(const TargetSettings& target,
                                                 const CollectionSettings& collection, Role) {
  SB_ASSIGN(const FilesSettings options, parse_options(target, collection));
  SB_ASSIGN(auto feed, FilesFeed::open(options.root, options.globs, context_.clock));
  return std::unique_ptr<Feed>(std::move(feed));
}

}  // namespace sideband
