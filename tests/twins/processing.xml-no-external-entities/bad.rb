class ImportsController < ApplicationController
  def create
    document = Nokogiri::XML(request.body.read, nil, nil, Nokogiri::XML::ParseOptions::NOENT) # BAD
    render json: document.root.name
  end
end
