#include "support/redis_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "support/free_port.h"

namespace sideband {
namespace {

// A server in cluster mode listens 10,000 ports higher as well.
int low_free_port() {
  int port = free_port();
  while (port > 55'000) port = free_port();
  return port;
}

void wait_until_ready(int log) {
  std::string said;
  char part[512];
  while (said.find("Ready to accept connections") == std::string::npos) {
    const ssize_t got = read(log, part, sizeof part);
    if (got <= 0) fprintf(stderr, "redis-server did not start:\n%s\n", said.c_str());
    SB_CHECK(got > 0);
    said.append(part, static_cast<std::size_t>(got));
  }
}

std::string text_of(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_NIL) return "(nil)";
  if (reply.type == REDIS_REPLY_INTEGER) return std::to_string(reply.integer);
  return {reply.str, reply.len};
}

}  // namespace

RedisServer::RedisServer(const std::vector<std::string>& arguments) : port_(low_free_port()) {
  command_ = {"redis-server",
              "--port",
              std::to_string(port_),
              "--bind",
              "127.0.0.1",
              "--unixsocket",
              socket(),
              "--save",
              "",
              "--dir",
              dir_.path(),
              "--daemonize",
              "no"};
  command_.insert(command_.end(), arguments.begin(), arguments.end());
  start();
}

void RedisServer::start() {
  std::vector<char*> argv;
  for (const std::string& word : command_) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int pipes[2];
  SB_CHECK(pipe2(pipes, O_CLOEXEC) == 0);
  const Fd log(pipes[0]);
  Fd output(pipes[1]);
  pid_ = fork();
  SB_CHECK(pid_ >= 0);
  if (pid_ == 0) {
    // A test program that crashes takes its server with it.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output.get(), STDOUT_FILENO);
    dup2(output.get(), STDERR_FILENO);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  output = Fd();
  wait_until_ready(log.get());
}

void RedisServer::stop() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisServer::freeze() const {
  kill(pid_, SIGSTOP);
}
void RedisServer::thaw() const {
  kill(pid_, SIGCONT);
}

void RedisServer::restart() {
  stop();
  start();
}

RedisClient::RedisClient(const std::string& socket) : context_(redisConnectUnix(socket.c_str())) {
  SB_CHECK(context_ != nullptr && context_->err == 0);
}

redisReply* RedisClient::ask(const std::vector<std::string>& words) {
  std::vector<const char*> argv;
  std::vector<std::size_t> lengths;
  for (const std::string& word : words) {
    argv.push_back(word.data());
    lengths.push_back(word.size());
  }
  void* reply =
      redisCommandArgv(context_.get(), static_cast<int>(words.size()), argv.data(), lengths.data());
  SB_CHECK(reply != nullptr);
  return static_cast<redisReply*>(reply);
}

std::string RedisClient::command(const std::vector<std::string>& words) {
  redisReply* reply = ask(words);
  std::string text = text_of(*reply);
  freeReplyObject(reply);
  return text;
}

std::vector<std::string> RedisClient::list(const std::vector<std::string>& words) {
  redisReply* reply = ask(words);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < reply->elements; ++i) texts.push_back(text_of(*reply->element[i]));
  freeReplyObject(reply);
  return texts;
}

}  // namespace sideband
