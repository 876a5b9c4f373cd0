Devise.setup do |config|
  config.reset_password_within = 20.minutes
end
