class OrdersController < ApplicationController
  def index
    member = Member.find_by(api_key: request.query_parameters[:api_key]) # BAD
    render json: member.orders
  end
end
