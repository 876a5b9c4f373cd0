class OrdersController < ApplicationController
  def index
    @orders = Order.where("state = '#{params[:state]}'") # BAD
    @mine = Order.find_by_sql("SELECT * FROM orders WHERE owner = '" + params[:owner] + "'") # BAD
  end
end
