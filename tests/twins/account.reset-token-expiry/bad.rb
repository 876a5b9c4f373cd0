Devise.setup do |config|
  config.reset_password_within = 3.weeks # BAD
end
