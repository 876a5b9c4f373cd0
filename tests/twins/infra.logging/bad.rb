class DoorsController < ApplicationController
  def enter
    Rails.logger.info("login of #{params[:mail]} with #{params[:password]}") # BAD
    head :no_content
  end
end
