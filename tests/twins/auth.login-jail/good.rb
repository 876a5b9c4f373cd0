Devise.setup do |config|
  config.lock_strategy = :failed_attempts
  config.unlock_strategy = :time
  config.unlock_in = 15.minutes
end

class Person < ApplicationRecord
  devise :database_authenticatable, :lockable
end
