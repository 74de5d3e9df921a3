// A desired side whose items are wanted once below each of several folders of the actual side: one
// file for many nodes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/collection.h"

namespace sideband {

// Thread-safe, and only read. Which folders there are is asked anew for each page and each read, in
// a quarter of its time at most. Keys are the folder's path, a slash, and the original's key. A
// folder of which nothing may be concluded makes everything below it unknown, with the reason.
class CopiedCollection final : public Collection {
 public:
  // `folders` are patterns, which `actual` resolves; it outlives this.
  CopiedCollection(std::unique_ptr<Collection> original, std::vector<std::string> folders,
                   Collection& actual)
      : original_(std::move(original)), patterns_(std::move(folders)), actual_(actual) {}

  // Those of the original, but without digests, raw states and positions: they know of no copies.
  [[nodiscard]] CollectionTraits traits() const override;
  // In byte order of whole keys, as the original is. The original is read once for each folder.
  Result<ScanPage> scan(const ScanRequest& request) override;
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration timeout) override;
  Result<TargetIdentity> identity(Duration timeout) override {
    return original_->identity(timeout);
  }
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;
  [[nodiscard]] bool replaced() const override { return original_->replaced(); }
  [[nodiscard]] bool outdated() const override { return original_->outdated(); }

 private:
  // In the order of their keys, each once. kInvalid where one lies below another: the owner of a
  // key would not be known.
  Result<std::vector<Folder>> folders_now(Duration timeout);

  const std::unique_ptr<Collection> original_;
  const std::vector<std::string> patterns_;
  Collection& actual_;
};

}  // namespace sideband
