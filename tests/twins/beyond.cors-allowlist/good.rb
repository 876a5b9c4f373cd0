class ApplicationController < ActionController::API
  before_action :let_in

  private

  def let_in
    headers["Access-Control-Allow-Origin"] = "https://shop.example.com"
    headers["Access-Control-Allow-Credentials"] = "true"
  end
end
