class OrdersController < ApplicationController
  def index
    member = Member.find_by(key_digest: digest(request.headers["X-Api-Key"]))
    render json: member.orders
  end
end
