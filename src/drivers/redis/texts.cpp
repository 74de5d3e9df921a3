#include "drivers/redis/texts.h"

#include "drivers/redis/resp.h"

namespace sideband {

void RedisTexts::clear() {
  bytes_.clear();
  texts_.clear();
  error_.clear();
  strange_ = false;
}

std::optional<std::string_view> RedisTexts::at(std::size_t i) const {
  const Text& text = texts_.at(i);
  if (text.nil) return std::nullopt;
  return std::string_view(bytes_).substr(text.from, text.size);
}

Error RedisTexts::odd(std::string_view command) const {
  if (!error_.empty()) return reply_error(error_);
  return Error::corrupt("Redis answered " + std::string(command) + " with something else");
}

void* RedisTexts::add(const redisReadTask& task, std::string_view text, bool nil) {
  if (task.parent == nullptr) strange_ = true;
  texts_.push_back({bytes_.size(), text.size(), nil});
  bytes_.append(text);
  return this;
}

void* RedisTexts::take_text(const redisReadTask* task, char* text, std::size_t size) {
  auto* const self = static_cast<RedisTexts*>(task->privdata);
  if (task->type != REDIS_REPLY_ERROR) return self->add(*task, {text, size}, false);
  self->strange_ = true;
  self->error_.assign(text, size);
  return self;
}

void* RedisTexts::take_array(const redisReadTask* task, int elements) {
  auto* const self = static_cast<RedisTexts*>(task->privdata);
  self->texts_.reserve(self->texts_.size() + static_cast<std::size_t>(elements));
  return self;
}

void* RedisTexts::take_integer(const redisReadTask* task, long long /*number*/) {
  auto* const self = static_cast<RedisTexts*>(task->privdata);
  self->strange_ = true;
  return self;
}

void* RedisTexts::take_nil(const redisReadTask* task) {
  return static_cast<RedisTexts*>(task->privdata)->add(*task, {}, true);
}

redisReplyObjectFunctions* RedisTexts::functions() {
  static redisReplyObjectFunctions functions = {take_text, take_array, take_integer, take_nil,
                                                [](void*) {}};
  return &functions;
}

}  // namespace sideband
