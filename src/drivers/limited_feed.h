// Any Feed, whose events may cost no more memory than there is.
#pragma once

#include <memory>

#include "drivers/within_memory.h"
#include "ports/feed.h"

namespace sideband {

class LimitedFeed final : public Feed {
 public:
  explicit LimitedFeed(std::unique_ptr<Feed> inner) : inner_(std::move(inner)) {}

  Result<Wake> wait(Duration timeout) override {
    return within_memory(Effect::kNone, [&] { return inner_->wait(timeout); });
  }
  [[nodiscard]] std::optional<LogPlace> told() const override { return inner_->told(); }
  [[nodiscard]] std::optional<std::int64_t> lag_bytes() const override {
    return inner_->lag_bytes();
  }

 private:
  const std::unique_ptr<Feed> inner_;
};

}  // namespace sideband
