Devise.setup do |config|
  config.lock_strategy = :failed_attempts
  config.unlock_strategy = :none # BAD
end
