#include "drivers/files/driver.h"

#include "drivers/files/collection.h"
#include "drivers/files/feed.h"
#include "drivers/files/grants.h"
#include "drivers/files/settings.h"
#include "drivers/files/signal.h"
#include "drivers/files/temp.h"

namespace sideband {
Result<std::unique_ptr<Collection>> FilesDriver::open(const TargetSettings& target,
                                                      const CollectionSettings& collection,
                                                      Role role) {
  SB_ASSIGN(FilesSettings parsed, parse_files_settings(target, collection));
  SB_ASSIGN(parsed.swap.observed, ObservedAttributes::resolve(parsed.attributes));
  parsed.swap.settling = Settling(parsed.settle, own_);
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
  SB_ASSIGN(const FilesSettings options, parse_files_settings(target, collection));
  SB_ASSIGN(const auto observed, ObservedAttributes::resolve(options.attributes));
  return files_grants(options.root, options.globs, needs, observed);
}

Result<std::unique_ptr<Signal>> FilesDriver::signal(const TargetSettings& target,
                                                    const std::string& /*kind*/,
                                                    const DriverOptions& options) {
  const OptionReader connect(target.connect, "target " + target.name);
  SB_ASSIGN(std::string root, connect.text("root"));
  SB_ASSIGN(FileMeasure measure, parse_file_signal(target, options));
  return std::unique_ptr<Signal>(std::make_unique<FileSignal>(target.name, std::move(root),
                                                              std::move(measure), context_.clock));
}

Result<std::unique_ptr<Feed>> FilesDriver::watch(const TargetSettings& target,
                                                 const CollectionSettings& collection, Role role) {
  SB_ASSIGN(const FilesSettings options, parse_files_settings(target, collection));
  const Links links = role == Role::kDesired ? Links::kFollow : Links::kLeave;
  SB_ASSIGN(auto feed, FilesFeed::open(options.root, options.globs, context_.clock,
                                       Settling(options.settle, own_), links));
  return std::unique_ptr<Feed>(std::move(feed));
}

}  // namespace sideband
