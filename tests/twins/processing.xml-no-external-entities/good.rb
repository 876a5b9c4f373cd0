class ImportsController < ApplicationController
  def create
    render json: Nokogiri::XML(request.body.read).root.name
  end
end
