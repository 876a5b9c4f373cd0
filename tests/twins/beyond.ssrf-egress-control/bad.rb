require "net/http"

class PreviewsController < ApplicationController
  def show
    page = URI.parse(params[:page])
    render plain: Net::HTTP.get(page) # BAD
  end

  def picture
    send_data Faraday.get(params[:picture]).body # BAD
  end
end
