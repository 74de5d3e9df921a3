#include "drivers/options.h"

#include "base/units.h"

namespace sideband {

Error for_person(Error error) {
  error.retry = Retry::kPerson;
  return error;
}

Error OptionReader::wrong(const std::string& name, const std::string& why) const {
  if (faults_ != nullptr) faults_->push_back({name, why});
  return for_person(Error::invalid(where_ + ": option '" + name + "': " + why));
}

Result<std::string> OptionReader::text(const std::string& name) const {
  const auto found = options_.find(name);
  if (found == options_.end() || found->second.empty()) return wrong(name, "is required");
  return found->second;
}

std::string OptionReader::text_or(const std::string& name, const std::string& fallback) const {
  const auto found = options_.find(name);
  return found == options_.end() ? fallback : found->second;
}

Result<bool> OptionReader::flag_or(const std::string& name, bool fallback) const {
  const std::string text = text_or(name, fallback ? "true" : "false");
  if (text != "true" && text != "false") return wrong(name, "must be true or false");
  return text == "true";
}

Result<std::int64_t> OptionReader::count_or(const std::string& name, std::int64_t fallback) const {
  if (!has(name)) return fallback;
  const auto parsed = parse_count(options_.at(name));
  if (!parsed) return wrong(name, parsed.error().message);
  return *parsed;
}

Result<std::int64_t> OptionReader::size_or(const std::string& name, std::int64_t fallback) const {
  if (!has(name)) return fallback;
  const auto parsed = parse_size(options_.at(name));
  if (!parsed) return wrong(name, parsed.error().message);
  return *parsed;
}

Result<Duration> OptionReader::duration_or(const std::string& name, Duration fallback) const {
  if (!has(name)) return fallback;
  const auto parsed = parse_duration(options_.at(name));
  if (!parsed) return wrong(name, parsed.error().message);
  return *parsed;
}

Result<std::string> OptionReader::host_or(const std::string& fallback) const {
  std::string host = text_or("host", fallback);
  const std::size_t colon = host.find(':');
  const bool with_port = !host.starts_with('/') && colon != std::string::npos &&
                         host.find(':', colon + 1) == std::string::npos;
  if (!with_port) return host;
  return wrong("host", "has a port in it; write host: " + host.substr(0, colon) +
                           " and port: " + host.substr(colon + 1));
}

std::vector<std::string> OptionReader::lines(const std::string& name) const {
  std::vector<std::string> out;
  const std::string text = text_or(name, "");
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    if (end > start) out.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

std::vector<std::string> OptionReader::items(const std::string& name) const {
  std::vector<std::string> out;
  if (!has(name)) return out;
  const std::string& text = options_.at(name);
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    out.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

}  // namespace sideband
